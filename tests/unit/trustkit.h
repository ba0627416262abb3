/* For tests: trust documents that are made and signed in memory. */
#ifndef TRUSTKIT_H
#define TRUSTKIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/trustcheck.h"

#define TRUSTKIT_KEYS 4
#define TRUSTKIT_NOW INT64_C(1767225600) /* 2026-01-01T00:00:00Z */

#define TRUSTKIT_OK(call)                                                                                              \
    do {                                                                                                               \
        struct mf_err why = {0};                                                                                       \
        if ((call) < 0)                                                                                                \
            fail_msg("%s", why.text);                                                                                  \
    } while (0)

/* Keys named "a" to "d", and one document with its arrays. */
struct trustkit {
    struct mf_arena arena;
    struct mf_seckey *secret[TRUSTKIT_KEYS];
    struct mf_trustkey keys[TRUSTKIT_KEYS];
    size_t root_keys[TRUSTKIT_KEYS], channel_keys[TRUSTKIT_KEYS];
    struct mf_trustchannel channel;
    struct mf_trustdoc doc;
};

/* A document of version 1: keys a to d, root a and b, channel "stable" a, b and
 * c, both with threshold 2. */
static inline void trustkit_make(struct trustkit *k)
{
    static const char *const names[TRUSTKIT_KEYS] = {"a", "b", "c", "d"};
    *k = (struct trustkit){.arena = MF_ARENA_INIT(16 * MF_MIB)};
    for (size_t i = 0; i < TRUSTKIT_KEYS; i++) {
        k->keys[i].name = mf_str(names[i]);
        k->root_keys[i] = k->channel_keys[i] = i;
        TRUSTKIT_OK(mf_seckey_generate(&k->secret[i], &k->keys[i].key, &why));
    }
    k->channel = (struct mf_trustchannel){.name = MF_LIT("stable"), .role = {k->channel_keys, 3, 2}};
    k->doc = (struct mf_trustdoc){.version = 1,
                                  .created = MF_LIT("2025-01-01T00:00:00Z"),
                                  .keys = k->keys,
                                  .key_count = TRUSTKIT_KEYS,
                                  .root = {k->root_keys, 2, 2},
                                  .channels = &k->channel,
                                  .channel_count = 1};
}

static inline void trustkit_release(struct trustkit *k)
{
    for (size_t i = 0; i < TRUSTKIT_KEYS; i++)
        mf_seckey_free(&k->secret[i]);
    mf_arena_release(&k->arena);
}

static inline struct mf_str trustkit_dup(struct trustkit *k, struct mf_str s)
{
    struct mf_str out;
    TRUSTKIT_OK(mf_arena_dup(&k->arena, s, &out, &why));
    return out;
}

/* The document as it stands now, without a signature. */
static inline struct mf_trustfile_entry trustkit_entry(struct trustkit *k)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_TRUSTDOC_MAX);
    TRUSTKIT_OK(mf_trustdoc_write(&k->doc, &text, &why));
    struct mf_trustfile_entry entry = {.text = trustkit_dup(k, mf_buf_view(&text))};
    entry.sha256 = mf_sha256_of(entry.text);
    TRUSTKIT_OK((entry.signatures = mf_arena_array(&k->arena, 64, sizeof(struct mf_str), &why)) ? 0 : -1);
    return entry;
}

/* Adds a signature by key `i` over `message`. */
static inline void trustkit_sign(struct trustkit *k, struct mf_trustfile_entry *entry, size_t i, struct mf_str message)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    TRUSTKIT_OK(mf_minisign_sign(k->secret[i], message, MF_LIT("a test"), &text, &why));
    entry->signatures[entry->signature_count++] = trustkit_dup(k, mf_buf_view(&text));
}

/* The document, signed by the keys whose letters are in `by`. */
static inline struct mf_trustfile_entry trustkit_signed(struct trustkit *k, const char *by)
{
    struct mf_trustfile_entry entry = trustkit_entry(k);
    for (; *by; by++)
        trustkit_sign(k, &entry, (size_t)(*by - 'a'), entry.text);
    return entry;
}

#endif
