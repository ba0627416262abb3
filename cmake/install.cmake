# What `cmake --install` puts where: two components, online and offline, that share no
# file, so that each is a package.
option(MODFERRY_DEBIAN "Install as Debian's policy has it (compressed pages, changelogs, directory of zsh)" OFF)
set(MODFERRY_MAINTAINER "modferry developers <modferry@localhost>" CACHE STRING
    "Who maintains the packages: name and address of whoever publishes them")
if(MODFERRY_DEBIAN)
    set(zsh_directory ${CMAKE_INSTALL_DATAROOTDIR}/zsh/vendor-completions)
else()
    set(zsh_directory ${CMAKE_INSTALL_DATAROOTDIR}/zsh/site-functions)
endif()

function(mf_install_program program component)
    set(pages ${PROJECT_BINARY_DIR}/pages/${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT ${component})
    install(DIRECTORY ${pages}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT ${component}
            FILES_MATCHING PATTERN "*.1" PATTERN "*.1.gz")
    install(FILES ${pages}/${program}.bash RENAME ${program} COMPONENT ${component}
            DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/bash-completion/completions)
    install(FILES ${pages}/${program}.zsh RENAME _${program} COMPONENT ${component} DESTINATION ${zsh_directory})
    install(FILES ${pages}/${program}.fish COMPONENT ${component}
            DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/fish/vendor_completions.d)
endfunction()

# The licence in the place of which Debian wants a note, and the changes.
function(mf_install_licence program component)
    set(directory ${CMAKE_INSTALL_DATAROOTDIR}/doc/${program})
    if(NOT MODFERRY_DEBIAN)
        install(FILES LICENSE DESTINATION ${directory} COMPONENT ${component})
        return()
    endif()
    set(made ${PROJECT_BINARY_DIR}/debian)
    string(TIMESTAMP MODFERRY_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC) # of SOURCE_DATE_EPOCH, where it is set
    configure_file(cmake/debian/changelog.in ${made}/changelog.Debian @ONLY)
    configure_file(CHANGELOG.md ${made}/changelog COPYONLY)
    execute_process(COMMAND gzip -9nf ${made}/changelog.Debian ${made}/changelog COMMAND_ERROR_IS_FATAL ANY)
    install(FILES cmake/debian/copyright ${made}/changelog.Debian.gz ${made}/changelog.gz
            DESTINATION ${directory} COMPONENT ${component})
endfunction()

mf_install_program(modferry-offline offline)
mf_install_licence(modferry-offline offline)
set(pages air-gap-guide errors format-bundle settings threat-model troubleshooting trust)
list(TRANSFORM pages REPLACE "(.+)" "docs/\\1.md")
install(FILES ${pages} COMPONENT offline
        DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/modferry-offline)
if(MODFERRY_ONLINE)
    mf_install_program(modferry online)
    mf_install_licence(modferry online)
    install(FILES README.md README.zh.md DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/modferry COMPONENT online)
    install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/modferry COMPONENT online
            FILES_MATCHING PATTERN "*.md" PATTERN "*.svg")
endif()
