/* Reads and writes minisign's files with our code, for tests/diff/minisign.sh.
 *
 *     driver keygen SECRET PUBLIC PASSWORD        an empty password: unencrypted
 *     driver public SECRET PASSWORD               public key file to stdout
 *     driver recode SECRET PASSWORD NEW-PASSWORD  secret key file to stdout
 *     driver sign SECRET PASSWORD FILE COMMENT    signature to stdout
 *     driver verify PUBLIC FILE SIGNATURE         trusted comment to stdout
 *
 * Exit status: that of the error, whose text goes to stderr; 9 where a
 * signature does not verify.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/minisign.h"

static struct mf_err err;

static void check(int rc)
{
    if (rc >= 0)
        return;
    fprintf(stderr, "%s (%s)\n", err.text, mf_err_advice(&err));
    exit(mf_code_exit(err.code));
}

static struct mf_str load(const char *name)
{
    static char bytes[3][1 << 20];
    static int used;
    FILE *f = fopen(name, "rb");
    if (!f || used == 3) {
        fprintf(stderr, "open %s\n", name);
        exit(5);
    }
    char *p = bytes[used++];
    size_t n = fread(p, 1, sizeof(bytes[0]), f);
    fclose(f);
    return (struct mf_str){p, n};
}

static void save(FILE *f, struct mf_buf *b)
{
    if (!f || fwrite(b->p, 1, b->n, f) != b->n || fflush(f) != 0)
        exit(5);
    mf_buf_wipe(b);
}

static struct mf_seckey *load_secret(const char *name, const char *password)
{
    struct mf_seckey *key = NULL;
    check(mf_seckey_parse(load(name), mf_str(password), &key, &err));
    return key;
}

static void keygen(char **argv)
{
    struct mf_seckey *key = NULL;
    struct mf_pubkey public;
    struct mf_buf secret_text = MF_BUF_INIT(MF_MINISIGN_FILE_MAX), public_text = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    check(mf_seckey_generate(&key, &public, &err));
    check(mf_seckey_write(key, mf_str(argv[2]), &secret_text, &err));
    check(mf_pubkey_write(&public, &public_text, &err));
    mf_seckey_free(&key);
    FILE *f = fopen(argv[0], "wb");
    save(f, &secret_text);
    fclose(f);
    f = fopen(argv[1], "wb");
    save(f, &public_text);
    fclose(f);
}

static void with_secret(const char *verb, char **argv)
{
    struct mf_seckey *key = load_secret(argv[0], argv[1]);
    struct mf_buf out = MF_BUF_INIT(2 * MF_MINISIGN_FILE_MAX);
    struct mf_pubkey public;
    mf_seckey_public(key, &public);
    if (strcmp(verb, "public") == 0)
        check(mf_pubkey_write(&public, &out, &err));
    else if (strcmp(verb, "recode") == 0)
        check(mf_seckey_write(key, mf_str(argv[2]), &out, &err));
    else
        check(mf_minisign_sign(key, load(argv[2]), mf_str(argv[3]), &out, &err));
    mf_seckey_free(&key);
    save(stdout, &out);
}

static int verify(char **argv)
{
    struct mf_pubkey key;
    struct mf_minisig sig;
    check(mf_pubkey_parse(load(argv[0]), &key, &err));
    check(mf_minisig_parse(load(argv[2]), &sig, &err));
    if (!mf_minisig_verify(&sig, &key, load(argv[1])))
        return 9;
    puts(sig.trusted_comment);
    return 0;
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    if (argc == 5 && strcmp(verb, "keygen") == 0)
        keygen(argv + 2);
    else if ((argc == 4 && strcmp(verb, "public") == 0) || (argc == 5 && strcmp(verb, "recode") == 0) ||
             (argc == 6 && strcmp(verb, "sign") == 0))
        with_secret(verb, argv + 2);
    else if (argc == 5 && strcmp(verb, "verify") == 0)
        return verify(argv + 2);
    else
        return 2;
    return 0;
}
