// Everything the engine needs from outside, on one page (ARCHITECTURE.md 3). Production binds RocksDB,
// gRPC, key files and the system clock; the simulator binds virtual ones to the same engine.
// Thread rule: called from the engine's strand only; completions are posted back to that strand.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace galen::engine {

/// Consensus messages are small and urgent; bulk carries transactions and block synchronisation.
enum class Channel : std::uint8_t { kConsensus = 1, kBulk = 2 };

using SharedBytes = std::shared_ptr<const Bytes>;

/// Bounded, lossy, ordered per (peer, channel): a full queue drops the message and counts it; the
/// protocol re-sends through its status exchange.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual void send(ValidatorIndex to, Channel channel, SharedBytes message) = 0;
  [[nodiscard]] virtual bool connected(ValidatorIndex peer) const = 0;
};

/// The node's consensus key.
class Signer {
 public:
  virtual ~Signer() = default;
  [[nodiscard]] virtual Signature sign(BytesView statement) = 0;
};

/// Wall clock, for block times only; timers count ticks.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimeMs now() const = 0;
};

}  // namespace galen::engine
