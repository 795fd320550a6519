// The history of a record, for people and for programs. Thread rule: pure functions.
#pragma once

#include "galen/types.h"

#include <string>
#include <vector>

namespace galen::cli {

namespace human {
[[nodiscard]] std::string text(const std::vector<client::VersionView>& versions, bool full);
}  // namespace human

namespace json {
[[nodiscard]] std::string text(const std::vector<client::VersionView>& versions);
}  // namespace json

}  // namespace galen::cli
