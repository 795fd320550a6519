// The options that say what a grant or denial is about. Thread rule: one thread.
#pragma once

#include "cli/grammar.h"
#include "galen/types.h"

namespace galen::cli {

/// `terms` outlives the verb.
void add_term_options(CLI::App* verb, client::ConsentOptions& terms, bool permit);

}  // namespace galen::cli
