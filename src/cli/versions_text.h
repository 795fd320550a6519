// The history of a record, and of a grant, for people and for programs. Thread rule: pure
// functions.
#pragma once

#include "galen/grant_history.h"
#include "galen/types.h"

#include <string>
#include <vector>

namespace galen::cli {

namespace human {
[[nodiscard]] std::string text(const std::vector<client::VersionView>& versions, bool full);
[[nodiscard]] std::string text(const std::vector<client::GrantVersionView>& versions, bool full);
}  // namespace human

namespace json {
[[nodiscard]] std::string text(const std::vector<client::VersionView>& versions);
[[nodiscard]] std::string text(const std::vector<client::GrantVersionView>& versions);
}  // namespace json

}  // namespace galen::cli
