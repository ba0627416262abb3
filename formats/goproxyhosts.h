/* What Go has built in about hosts: its defaults for GOPROXY and GOSUMDB, as
 * GOROOT/go.env of every release sets them, and the checksum database that it
 * knows by name (GOROOT/src/cmd/go/internal/modfetch/key.go, sumdb.go). No other
 * file of modferry names a host.
 */
#ifndef MF_GOPROXYHOSTS_H
#define MF_GOPROXYHOSTS_H

#define MF_GOPROXY_DEFAULT "https://proxy.golang.org,direct"
#define MF_GOSUMDB_DEFAULT "sum.golang.org"

/* Its key, and a name that stands for it at another place. */
#define MF_GOSUMDB_DEFAULT_KEY "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
#define MF_GOSUMDB_ALIAS "sum.golang.google.cn"
#define MF_GOSUMDB_ALIAS_URL "https://sum.golang.google.cn"

/* A small module that every public proxy has, for comparing proxies. */
#define MF_GOPROXY_SAMPLE "golang.org/x/mod"

#endif
