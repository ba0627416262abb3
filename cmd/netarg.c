#include "cmd/netarg.h"

#include "cmd/cliargs.h"

int mf_netarg_certificates(const struct mf_cli_args *args, const char **ca_file, const char **client_cert,
                           const char **client_key, struct mf_err *err)
{
    *ca_file = mf_cliargs_value(args, "ca");
    *client_cert = mf_cliargs_value(args, "client-cert");
    *client_key = mf_cliargs_value(args, "client-key");
    if (*client_key && !*client_cert)
        return mf_err_set(err, MF_E_USAGE, "--client-key goes with --client-cert");
    return 0;
}

int mf_netarg_read(const struct mf_cli_args *args, struct mf_upstream_options *out, struct mf_err *err)
{
    unsigned long connections, retries;
    if (mf_cliargs_number(args, "connections", 1, 256, 0, &connections, err) < 0 ||
        mf_cliargs_number(args, "retries", 0, 100, 5, &retries, err) < 0)
        return -1;
    out->offline = mf_cliargs_has(args, "offline");
    out->try_next = mf_cliargs_has(args, "try-next-on-error");
    out->parallel = (unsigned)connections;
    out->tries = (unsigned)retries + 1;
    return mf_netarg_certificates(args, &out->ca_file, &out->client_cert, &out->client_key, err);
}
