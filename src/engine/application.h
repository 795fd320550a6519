// The operations of the ledger, each executed by its module: what execute_block() calls for every
// operation of a block (ARCHITECTURE.md 5). Remembers patients' indexed consent from block to
// block, which changes no result. Thread rule: one thread.
#pragma once

#include "execution/executor.h"
#include "modules/audit/consent_memory.h"

namespace galen::engine {

class ModuleApplication : public execution::Application {
 public:
  [[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                                execution::StateOverlay& state) const override;

  void forget() const override { consents_.clear(); }

  /// Bytes of consent that are remembered.
  [[nodiscard]] std::size_t remembered() const { return consents_.bytes(); }

 private:
  mutable audit::ConsentCache consents_;
};

}  // namespace galen::engine
