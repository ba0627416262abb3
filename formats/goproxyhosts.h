/* Go's own defaults for GOPROXY and GOSUMDB, as GOROOT/go.env of every release
 * sets them. They hold where no go.env can be found; no other file of modferry
 * names a host.
 */
#ifndef MF_GOPROXYHOSTS_H
#define MF_GOPROXYHOSTS_H

#define MF_GOPROXY_DEFAULT "https://proxy.golang.org,direct"
#define MF_GOSUMDB_DEFAULT "sum.golang.org"

#endif
