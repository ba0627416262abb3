/* What a probe consists of. For bundle/net alone, because curl is in it. */
#ifndef MF_PROBEPARTS_H
#define MF_PROBEPARTS_H

#include "bundle/net/caroots.h"
#include "bundle/net/probe.h"
#include "bundle/net/proxyenv.h"

struct mf_probe {
    struct mf_probe_options options;
    struct mf_proxyenv env;
    struct mf_caroots roots;
    bool curl_ready, own_roots;
};

#endif
