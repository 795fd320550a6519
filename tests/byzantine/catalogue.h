// The strategies by name, and how a run draws some of them. Thread rule: functions of their
// arguments.
#pragma once

#include "byzantine/strategy.h"

#include <functional>

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
[[nodiscard]] std::unique_ptr<Strategy> draw_strategy(Member member);

}  // namespace galen::byzantine
