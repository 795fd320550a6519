// One hospital's node: wiring of storage, engine, peers and services, with their threads
// (ARCHITECTURE.md 3). Nothing is decided here.
// Thread rule: create, run and destroy on one thread; request_stop from any (a signal thread).
#pragma once

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "engine/ports.h"
#include "node/config/check_config.h"
#include "node/config/config.h"
#include "node/exit_code.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace galen::node {

/// What a test program of bad members puts between this node and its peers; `galend` leaves all of
/// it empty.
struct DaemonHooks {
  /// Stands in for the transport towards the engine; called once, before the engine exists.
  std::function<std::unique_ptr<engine::Transport>(engine::Transport& real,
                                                   const NodeMaterial& material)>
      transport;
  /// False: a peer's message is dropped. From any thread.
  std::function<bool(ValidatorIndex from, engine::Channel channel, BytesView message)> receives;
  /// False: a transaction that a peer sent does not get into the pool. From any thread.
  std::function<bool(const ledger::DecodedTransaction& transaction)> admits;
  /// pbft::kTickMs have passed. On the strand.
  std::function<void()> tick;
  /// Added to the wall clock the engine sees. On the strand.
  std::function<std::int64_t()> clock_offset_ms;
};

class Daemon {
 public:
  struct Failure {
    ExitCode code = ExitCode::kGeneral;
    Error error;
  };

  /// Opens storage and journal, restores, listens and dials. On failure nothing runs.
  [[nodiscard]] static tl::expected<std::unique_ptr<Daemon>, Failure> start(
      const NodeConfig& config, NodeMaterial material, DaemonHooks hooks = {});
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// The port the services listen on.
  [[nodiscard]] std::uint16_t port() const;

  /// Drains: not serving, peers' streams closed, calls ended within the grace period, writes
  /// finished.
  void stop();

 private:
  struct Parts;
  explicit Daemon(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace galen::node
