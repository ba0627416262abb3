#include "cmd/netarg.h"

#include "cmd/cliargs.h"

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
    out->ca_file = mf_cliargs_value(args, "ca");
    out->client_cert = mf_cliargs_value(args, "client-cert");
    out->client_key = mf_cliargs_value(args, "client-key");
    if (out->client_key && !out->client_cert)
        return mf_err_set(err, MF_E_USAGE, "--client-key goes with --client-cert");
    return 0;
}
