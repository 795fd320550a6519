// An audit log in words, for the patient whose log it is: who, what for, on what ground (HEALTH.md
// 3). Codes without a word of their own stay as they are. Thread rule: pure functions.
#pragma once

#include "galen/audit.h"
#include "galen/types.h"

#include <string>
#include <vector>

namespace galen::cli {

/// On what ground it was permitted, or why it was refused: "your permit 0123456789ab".
[[nodiscard]] std::string ground_words(const client::AccessDecision& decision, bool full);

/// One line for each record of each access, and for whatever else stands in the log.
[[nodiscard]] std::string words_text(const std::vector<client::AccessView>& accesses, bool full);

}  // namespace galen::cli
