# Packages of Debian's kind, with CPack: modferry, and modferry-offline, which depends on
# no library of the network. `./dev deb`.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME modferry)
set(CPACK_PACKAGE_VENDOR "modferry developers")
set(CPACK_PACKAGE_CONTACT ${MODFERRY_MAINTAINER})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each component has its own
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL offline)
if(MODFERRY_ONLINE)
    list(APPEND CPACK_COMPONENTS_ALL online)
endif()
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_DEBIAN_ONLINE_PACKAGE_NAME modferry)
set(CPACK_DEBIAN_ONLINE_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_ONLINE_PACKAGE_SUGGESTS "golang-go, git")
set(CPACK_DEBIAN_ONLINE_DESCRIPTION "carries Go modules across air gaps
modferry resolves the closure of a go.mod, checks every module against go.sum
and the checksum database, and writes one signed, reproducible bundle. Past
the gap the bundle is checked and becomes a static proxy tree or a GOMODCACHE,
from which an unmodified go command works without a network.
.
This package holds both halves in one program.")

set(CPACK_DEBIAN_OFFLINE_PACKAGE_NAME modferry-offline)
set(CPACK_DEBIAN_OFFLINE_PACKAGE_SUGGESTS golang-go)
set(CPACK_DEBIAN_OFFLINE_DESCRIPTION "receives Go modules that modferry carried across an air gap
modferry-offline checks signature and hashes of a bundle of Go modules that
modferry packed, and fills a static proxy tree or a GOMODCACHE, from which an
unmodified go command works without a network.
.
This program holds no network code and links no library of the network.")
include(CPack)
