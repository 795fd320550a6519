// A bounded VerifiedMemo: the oldest entries go first. Thread rule: one thread.
#pragma once

#include "pbft/verified.h"

#include <cstddef>
#include <deque>
#include <set>

namespace galen::pbft {

class BoundedMemo final : public VerifiedMemo {
 public:
  /// REQUIRES: capacity > 0.
  explicit BoundedMemo(std::size_t capacity);

  [[nodiscard]] bool contains(const Digest& key) override;
  void insert(const Digest& key) override;

 private:
  std::size_t capacity_;
  std::set<Digest> known_;
  std::deque<Digest> order_;
};

}  // namespace galen::pbft
