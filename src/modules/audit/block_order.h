// Whether what a block changed came before or after an access that stands in it. The state only
// tells that it was this block; the block tells in which order. Asked by replay.h, of exactly what
// a decision rests on. Thread rule: values.
#pragma once

#include "ledger/operation.h"
#include "modules/consent/grants.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace galen::audit {

/// One that succeeded, with all of its transaction: what failed changed nothing.
struct ExecutedOperation {
  ledger::Operation value;
  Bytes detail;  ///< of its result
};

/// To be asked of changes that the state says this block made. Each answer is whether the change
/// came before the access; nullopt when that cannot be told: either has no body any more, or the
/// same request stands on both sides of the change.
class BlockOrder {
 public:
  /// `operations` in their order, without those that were erased; none of a block that is not kept.
  BlockOrder(std::vector<ExecutedOperation> operations, const ledger::AccessRequest& access);

  [[nodiscard]] std::optional<bool> grant_began(const GrantId& id) const;
  [[nodiscard]] std::optional<bool> grant_ended(const GrantId& id,
                                                const consent::GrantEntry& grant) const;
  /// Of any grant of the patient, known or not.
  [[nodiscard]] std::optional<bool> grant_revoked() const;
  [[nodiscard]] std::optional<bool> proxy_began(const AccountId& proxy) const;
  [[nodiscard]] std::optional<bool> proxy_ended(const AccountId& proxy) const;
  [[nodiscard]] std::optional<bool> emergency_declared(const DeclarationId& id) const;
  [[nodiscard]] std::optional<bool> emergency_reviewed(const DeclarationId& id) const;
  /// This became the present version of the group.
  [[nodiscard]] std::optional<bool> group_changed(const AccountId& group,
                                                  std::uint32_t version) const;
  [[nodiscard]] std::optional<bool> record_replaced(const RecordId& id) const;
  [[nodiscard]] std::optional<bool> record_retracted(const RecordId& id) const;

  /// Whether an account, a person's or an organisation's, was active at the access. `before`:
  /// before the block.
  [[nodiscard]] std::optional<bool> was_active(const AccountId& account, bool before) const;

 private:
  using IsIt = std::function<bool(const ExecutedOperation&)>;

  /// Place of the first that is it, from `from` on; behind all when none is.
  [[nodiscard]] std::size_t find(const IsIt& is_it, std::size_t from = 0) const;
  [[nodiscard]] std::optional<bool> is_before(std::size_t place) const;
  [[nodiscard]] std::optional<bool> came_before(const IsIt& is_it, std::size_t from = 0) const;

  std::vector<ExecutedOperation> operations_;
  std::size_t first_ = 0;  ///< place of the request; behind all when it is not there
  std::size_t last_ = 0;   ///< of the same request for the last time
};

}  // namespace galen::audit
