// The options that say what a grant or denial is about. Thread rule: one thread.
#pragma once

#include "cli/grammar.h"
#include "galen/types.h"

namespace galen::cli {

/// Of verbs that write labels; `labels` outlives the verb.
void add_label_options(CLI::App* verb, client::LabelOptions& labels);

/// `terms` outlives the verb.
void add_term_options(CLI::App* verb, client::ConsentOptions& terms, bool permit);

}  // namespace galen::cli
