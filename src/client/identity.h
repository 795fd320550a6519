// An account as the own node tells it. What the node says decides nothing: the ledger refuses what
// does not fit its state. Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/identity.h"
#include "ledger/state_key.h"

#include <optional>
#include <vector>

namespace galen::client {

/// kNotFound for unknown accounts and those this organisation does not answer for, unless `own`
/// carries the patient's signature.
[[nodiscard]] Result<std::vector<StateItem>> load_account(Session& session,
                                                          const AccountId& id,
                                                          const OwnRequest& own = {});
/// The same for whoever asks; errors of own_request().
[[nodiscard]] Result<std::vector<StateItem>> load_person(Session& session,
                                                         const PersonQuery& query);

/// The first entry of this kind. kMalformed.
template <class Entry>
[[nodiscard]] Result<std::optional<Entry>> find_entry(const std::vector<StateItem>& items,
                                                      ledger::KeyKind kind) {
  for (const StateItem& item : items) {
    if (item.key.kind != kind) continue;
    GALEN_TRY(auto entry, Entry::decode(item.value));
    return std::optional<Entry>(std::move(entry));
  }
  return std::optional<Entry>();
}

/// Of what load_account() told.
[[nodiscard]] Result<std::vector<ProxyView>> proxy_views(Session& session,
                                                         const std::vector<StateItem>& items);
[[nodiscard]] Result<RecoveryView> recovery_view(Session& session,
                                                 const std::vector<StateItem>& items);

/// The index for one more signing key.
[[nodiscard]] std::uint16_t free_index(const std::vector<PublicKey>& keys);

}  // namespace galen::client
