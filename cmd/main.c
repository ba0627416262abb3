#include "cmd/cli.h"
#include "cmd/commandtable.h"

int main(int argc, char **argv)
{
    return mf_cli_main(&mf_commandtable, argc, argv);
}
