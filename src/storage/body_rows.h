// Bodies of personal operations as they are stored: sealed under their subject's keys. The body of
// a link is sealed under both patients' keys, one within the other, in the first one's place, and a
// row in the second one's place points there: it goes with either (PRIVACY.md 3). FROZEN
// (docs/formats.md, "Stored rows"). Thread rule: functions of what they are given.
#pragma once

#include "base/result.h"
#include "ledger/operation.h"
#include "storage/keyring.h"
#include "storage/rows.h"
#include "storage/store.h"

#include <functional>
#include <optional>
#include <vector>

namespace galen::storage {

struct StoredBody {
  BodyRow row;
  /// Where it stands; of a link in the first patient's place, then in the second's.
  std::vector<Bytes> keys;

  [[nodiscard]] bool is_shared() const { return keys.size() == 2; }
};

/// Handle at the beginning of a row's key. REQUIRES: a key of kBodies.
[[nodiscard]] Handle handle_in(BytesView body_key);

/// A row as it is stored.
struct SealedBody {
  Bytes key;
  Bytes sealed;
};

/// A row of kBodies by its key; nullopt when it is not there.
using ReadBody = std::function<Result<std::optional<Bytes>>(BytesView key)>;

/// The row of this operation's body, a link's too; nullopt when it is not there. kIo.
[[nodiscard]] Result<std::optional<SealedBody>> find_body(const SubjectKeys& keys,
                                                          const BodyPlace& at,
                                                          const ReadBody& read);

/// Opens the body whose row stands under `key`, of the handle of `keys`. Nullopt when the other
/// patient of a link took it meanwhile: his key or row is gone. kCorrupt, kIo.
[[nodiscard]] Result<std::optional<StoredBody>> open_body(const Keyring& keyring,
                                                          const SubjectKeys& keys,
                                                          BytesView key,
                                                          BytesView sealed,
                                                          const ReadBody& read);

using VisitBody = std::function<Status(const StoredBody& body, const ledger::Operation& operation)>;

/// Each stored body of a handle, opened under its keys, until `visit` fails; of a link from either
/// side. kCorrupt, kIo.
[[nodiscard]] Status visit_bodies(const Store& store,
                                  const SubjectKeys& keys,
                                  const VisitBody& visit,
                                  const rocksdb::Snapshot* snapshot = nullptr);

/// Each link row of a handle, opened under its keys: the other patient's key name is in it.
/// kCorrupt, kIo.
[[nodiscard]] Status visit_links(
    const Store& store,
    const SubjectKeys& keys,
    const std::function<Status(BytesView key, const LinkBodyRow& row)>& visit,
    const rocksdb::Snapshot* snapshot = nullptr);

}  // namespace galen::storage
