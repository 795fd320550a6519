// The operations of the ledger, each executed by its module: what execute_block() calls for every
// operation of a block (ARCHITECTURE.md 5). Thread rule: stateless, any thread.
#pragma once

#include "execution/executor.h"

namespace galen::engine {

class ModuleApplication final : public execution::Application {
 public:
  [[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                                execution::StateOverlay& state) const override;
};

}  // namespace galen::engine
