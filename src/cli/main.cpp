// `galen`: the command-line client of a Galen consortium (docs/cli.md).
#include "cli/arguments.h"

#include <sys/prctl.h>

int main(int argc, char** argv) {
  ::prctl(PR_SET_DUMPABLE, 0);  // no keys in a core dump (IDC-9)
  return galen::cli::run(argc, argv);
}
