# Warnings, hardening and sanitizers, as one interface target.
add_library(mf_flags INTERFACE)
target_compile_definitions(mf_flags INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64 MODFERRY_VERSION="${PROJECT_VERSION}")
target_compile_options(mf_flags INTERFACE
    -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual
    -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wnull-dereference -Wimplicit-fallthrough
    -fno-common -fstack-protector-strong $<$<C_COMPILER_ID:GNU>:-fstack-clash-protection>)
target_link_options(mf_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)

if(MODFERRY_STATIC)
    if(MODFERRY_ONLINE)
        message(FATAL_ERROR "MODFERRY_STATIC goes with MODFERRY_ONLINE=OFF: the resolver of the C library needs shared objects")
    endif()
    set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
    set(CMAKE_C_LINK_OPTIONS_PIE "") # which -static-pie says as well
    target_link_options(mf_flags INTERFACE -static-pie)
endif()
if(MODFERRY_WERROR)
    target_compile_options(mf_flags INTERFACE -Werror)
endif()
# Where it was built is no part of a released program.
target_compile_options(mf_flags INTERFACE $<$<CONFIG:Release,RelWithDebInfo>:-ffile-prefix-map=${PROJECT_BINARY_DIR}=build>
    $<$<CONFIG:Release,RelWithDebInfo>:-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.>)
if(MODFERRY_SANITIZE)
    target_compile_options(mf_flags INTERFACE -fsanitize=${MODFERRY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(mf_flags INTERFACE -fsanitize=${MODFERRY_SANITIZE})
else()
    target_compile_definitions(mf_flags INTERFACE $<$<CONFIG:Release,RelWithDebInfo>:_FORTIFY_SOURCE=2>)
endif()
if(MODFERRY_FUZZ)
    target_compile_options(mf_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
