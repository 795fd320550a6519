// One hospital's node: wiring of storage, engine, peers and services, with their threads
// (ARCHITECTURE.md 3). Nothing is decided here.
// Thread rule: create, run and destroy on one thread; request_stop from any (a signal thread).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "node/config/check_config.h"
#include "node/config/config.h"
#include "node/exit_code.h"

namespace galen::node {

class Daemon {
 public:
  struct Failure {
    ExitCode code = ExitCode::kGeneral;
    Error error;
  };

  /// Opens storage and journal, restores, listens and dials. On failure nothing runs.
  [[nodiscard]] static tl::expected<std::unique_ptr<Daemon>, Failure> start(const NodeConfig& config,
                                                                            NodeMaterial material);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// The port the services listen on.
  [[nodiscard]] std::uint16_t port() const;

  /// Drains: not serving, peers' streams closed, calls ended within the grace period, writes finished.
  void stop();

 private:
  struct Parts;
  explicit Daemon(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace galen::node
