// `galen`: the command-line client of a Galen consortium (docs/cli.md).
#include "cli/arguments.h"

int main(int argc, char** argv) {
  return galen::cli::run(argc, argv);
}
