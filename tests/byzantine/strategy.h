// How a Byzantine validator differs from a correct one: it runs the production engine, and a
// strategy stands between it and the network. A strategy may drop, alter, delay, duplicate or
// invent messages and sign anything with its own key; it has no other key. The same strategies
// serve the simulator and a real node. Thread rule: one thread, the engine's strand.
#pragma once

#include "base/ids.h"
#include "engine/ports.h"
#include "ledger/transaction.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace galen::byzantine {

/// A message as it leaves.
struct Outgoing {
  ValidatorIndex to;
  engine::Channel channel = engine::Channel::kConsensus;
  engine::SharedBytes bytes;
  std::uint32_t delay_ticks = 0;
};

using Outbox = std::vector<Outgoing>;

class Strategy {
 public:
  virtual ~Strategy() = default;

  /// What leaves instead of a message of the engine: nothing, something else, more.
  virtual void send(const Outgoing& message, Outbox& out) { out.push_back(message); }

  /// A message arrived. False: the engine never sees it.
  [[nodiscard]] virtual bool receives(ValidatorIndex, engine::Channel, BytesView) { return true; }

  /// pbft::kTickMs have passed.
  virtual void tick(Outbox&) {}

  /// Whether a transaction gets into the pool: clients' and peers' alike.
  [[nodiscard]] virtual bool admits(const ledger::DecodedTransaction&) { return true; }

  /// Added to the clock the engine sees.
  [[nodiscard]] virtual std::int64_t clock_lie_ms() { return 0; }
};

}  // namespace galen::byzantine
