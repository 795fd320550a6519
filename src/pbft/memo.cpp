#include "pbft/memo.h"

#include "base/check.h"

namespace galen::pbft {

BoundedMemo::BoundedMemo(std::size_t capacity) : capacity_(capacity) {
  CHECK(capacity > 0, "a memo holds something");
}

bool BoundedMemo::contains(const Digest& key) {
  return known_.contains(key);
}

void BoundedMemo::insert(const Digest& key) {
  if (!known_.insert(key).second) return;
  order_.push_back(key);
  if (order_.size() <= capacity_) return;
  known_.erase(order_.front());
  order_.pop_front();
}

}  // namespace galen::pbft
