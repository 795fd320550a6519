// Groups, for people and for programs. Thread rule: pure functions.
#pragma once

#include "galen/groups.h"
#include "galen/types.h"

#include <string>
#include <vector>

namespace galen::cli {

namespace human {
[[nodiscard]] std::string text(const client::GroupView& group);
[[nodiscard]] std::string text(const std::vector<client::GroupView>& groups, bool full);
}  // namespace human

namespace json {
[[nodiscard]] std::string text(const client::GroupView& group);
[[nodiscard]] std::string text(const std::vector<client::GroupView>& groups);
}  // namespace json

}  // namespace galen::cli
