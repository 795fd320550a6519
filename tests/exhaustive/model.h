// A reference model of the consensus rules for one height, written from the rules and sharing no
// code with the core: votes and VIEW-CHANGEs are small numbers, the network is what was signed,
// every enabled step may be taken at any time. What the core can reach must be exactly what the
// model can reach.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace galen::pbft::model {

inline constexpr std::size_t kMembers = 4;
inline constexpr std::size_t kQuorum = 3;
inline constexpr std::size_t kMaxViews = 3;
/// The blocks of a view: two of a Byzantine primary, or one of an honest one per life.
inline constexpr int kPayloads = 3;

/// 0 = none.
using Block = std::uint8_t;

[[nodiscard]] constexpr Block block(std::size_t origin, std::uint64_t payload) {
  return static_cast<Block>(1 + origin * kPayloads + payload);
}

/// A prepared certificate of (view, block), or none.
struct Prepared {
  std::uint8_t view = 0;
  Block block = 0;
  friend auto operator<=>(const Prepared&, const Prepared&) = default;
};

/// What a VIEW-CHANGE says, or what a NEW-VIEW decided.
struct Claim {
  bool made = false;
  std::uint8_t height = 0;
  Prepared prepared;
  friend auto operator<=>(const Claim&, const Claim&) = default;
};

struct Member {
  std::array<Block, kMaxViews> prepares{};
  std::array<Block, kMaxViews> commits{};
  std::array<Claim, kMaxViews> changes{};    ///< own VIEW-CHANGEs
  std::array<Claim, kMaxViews> new_views{};  ///< own NEW-VIEWs
  std::array<Claim, kMaxViews> stored{};     ///< NEW-VIEWs that survive a crash
  std::uint8_t view = 0;
  Claim entered;  ///< through which NEW-VIEW, if any
  Block applied = 0;
  std::uint8_t applied_view = 0;
  std::uint8_t restarts = 0;
};

struct State {
  std::array<Member, kMembers> members;

  /// Everything but `stored`, which is not visible outside.
  [[nodiscard]] std::string visible() const;
  [[nodiscard]] std::string full() const;
};

struct Options {
  std::optional<std::size_t> byzantine;
  std::size_t views = 2;
  unsigned crashes = 0;
};

/// Every reachable state once.
void visit(const Options& options, const std::function<void(const State&)>& visitor);

/// All reachable visible states.
[[nodiscard]] std::set<std::string> reachable(const Options& options);

}  // namespace galen::pbft::model
