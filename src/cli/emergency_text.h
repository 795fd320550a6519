// Results about emergencies, for people and for programs. Thread rule: functions from any thread.
#pragma once

#include "galen/emergency.h"

#include <string>

namespace galen::cli {

namespace human {

[[nodiscard]] std::string text(const client::Declared& declared);
[[nodiscard]] std::string text(const client::DeclarationList& list, bool full);
[[nodiscard]] std::string text(const client::PendingList& list, bool full);
[[nodiscard]] std::string text(const client::AnchorReport& report);
[[nodiscard]] std::string text(const client::JournalReport& report);

}  // namespace human

namespace json {

[[nodiscard]] std::string text(const client::Declared& declared);
[[nodiscard]] std::string text(const client::DeclarationList& list);
[[nodiscard]] std::string text(const client::PendingList& list);
[[nodiscard]] std::string text(const client::AnchorReport& report);
[[nodiscard]] std::string text(const client::JournalReport& report);

}  // namespace json

}  // namespace galen::cli
