// The command line of `galen`: verbs, options and help. Parsing only; verbs.h runs them. CLI11
// stays in arguments*.cpp. Thread rule: one thread.
#pragma once

namespace galen::cli {

/// Parses, runs the verb and returns the exit code of docs/cli.md. Wrong usage is one line on
/// stderr.
[[nodiscard]] int run(int argc, char** argv);

}  // namespace galen::cli
