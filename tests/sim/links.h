// The state of every direction between two processes: cut, clogged, lagging, partitioned, full.
// Thread rule: one thread.
#pragma once

#include "engine/ports.h"
#include "sim/mix.h"
#include "sim/trace.h"

#include <array>
#include <map>
#include <utility>
#include <vector>

namespace galen::sim {

struct Link {
  Micros cut_until = 0;      ///< everything is lost
  Micros clogged_until = 0;  ///< everything waits
  Micros lag = 0;            ///< everything comes so much later: nothing is lost, nothing is new
  bool partitioned = false;
  std::uint32_t under_way = 0;
  std::uint32_t connection = 0;          ///< what left through an earlier one never arrives
  std::array<Micros, 3> last_arrival{};  ///< by engine::Channel: streams keep their order
};

class Links {
 public:
  [[nodiscard]] Link& at(std::size_t from, std::size_t to) { return links_[{from, to}]; }

  /// Members of different groups do not reach each other; with `one_way` only the first group is
  /// deaf: its messages still get out. Members in no group reach everybody (a bridge).
  void partition(const std::vector<std::vector<std::size_t>>& groups, bool one_way);
  void heal();
  /// The connection of two breaks, in both directions.
  void reset(std::size_t a, std::size_t b);
  /// What was sent so far has arrived by then.
  void hurry(Micros by);

  [[nodiscard]] bool is_partitioned() const { return partitioned_; }

 private:
  std::map<std::pair<std::size_t, std::size_t>, Link> links_;
  bool partitioned_ = false;
};

}  // namespace galen::sim
