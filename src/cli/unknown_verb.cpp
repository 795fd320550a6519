#include "cli/unknown_verb.h"

#include <algorithm>

namespace galen::cli {

std::optional<std::string> unknown_verb(const CLI::App& app, int argc, char** argv) {
  const CLI::App* at = &app;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.starts_with("-")) {
      const CLI::Option* option = app.get_option_no_throw(word);
      if (option != nullptr && option->get_items_expected_max() > 0) ++i;
      continue;
    }
    const auto verbs = at->get_subcommands([](const CLI::App*) { return true; });
    if (verbs.empty()) return std::nullopt;
    const auto next = std::find_if(
        verbs.begin(), verbs.end(), [&](const CLI::App* verb) { return verb->get_name() == word; });
    if (next == verbs.end()) return word;
    at = *next;
  }
  return std::nullopt;
}

}  // namespace galen::cli
