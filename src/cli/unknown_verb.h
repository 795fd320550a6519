// What a user meant as a verb that `galen` does not have. Thread rule: a function of its arguments.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

namespace galen::cli {

/// CLI11 says "A subcommand is required" for `galen fly`. The first word that is neither a flag, a
/// flag's value nor a verb is what the user meant as one; empty when there is none.
[[nodiscard]] std::optional<std::string> unknown_verb(const CLI::App& app, int argc, char** argv);

}  // namespace galen::cli
