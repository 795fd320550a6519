// The core's states in the words of the reference model.
#pragma once

#include "exhaustive/model.h"
#include "exhaustive/search.h"

#include <string>

namespace galen::pbft::test {

/// REQUIRES: a scope of one height; no member has anything unsynced.
[[nodiscard]] model::State abstract(const Search& search, const Search::State& state);

/// For messages of failed tests: one line per member.
[[nodiscard]] std::string describe(const model::State& state);

}  // namespace galen::pbft::test
