// The strategies by name, and how a run draws some of them. Thread rule: functions of their
// arguments.
#pragma once

#include "byzantine/strategy.h"

#include <functional>
#include <string>
#include <vector>

namespace galen::byzantine {

/// Who the Byzantine member is, and its one key.
struct Member {
  ValidatorIndex self;
  std::size_t validators = 0;
  ChainId chain;
  Epoch epoch;
  std::function<Signature(BytesView)> sign;
  std::uint64_t seed = 0;  ///< of its choices
};

/// One to three strategies at once, drawn from the member's seed.
[[nodiscard]] std::unique_ptr<Strategy> draw_strategy(const Member& member);
/// By names, e.g. {"equivocate", "silent"}. Null when one is unknown.
[[nodiscard]] std::unique_ptr<Strategy> make_strategy(const Member& member,
                                                      const std::vector<std::string>& names);
[[nodiscard]] std::vector<std::string> strategy_names();

}  // namespace galen::byzantine
