#include "sim/links.h"

#include <algorithm>

namespace galen::sim {

void Links::partition(const std::vector<std::vector<std::size_t>>& groups, bool one_way) {
  for (auto& [ends, link] : links_) link.partitioned = false;
  for (std::size_t a = 0; a < groups.size(); ++a) {
    for (std::size_t b = 0; b < groups.size(); ++b) {
      if (a == b || (one_way && b != 0)) continue;
      for (const std::size_t from : groups[a]) {
        for (const std::size_t to : groups[b]) at(from, to).partitioned = true;
      }
    }
  }
  partitioned_ = true;
}

void Links::heal() {
  for (auto& [ends, link] : links_) {
    link.partitioned = false;
    link.cut_until = 0;
    link.clogged_until = 0;
    link.lag = 0;
  }
  partitioned_ = false;
}

void Links::reset(std::size_t a, std::size_t b) {
  for (Link* link : {&at(a, b), &at(b, a)}) {
    ++link->connection;
    link->under_way = 0;
    link->last_arrival = {};
  }
}

void Links::hurry(Micros by) {
  for (auto& [ends, link] : links_) {
    for (Micros& last : link.last_arrival) last = std::min(last, by);
  }
}

}  // namespace galen::sim
