// Storing, listing and opening records (ARCHITECTURE.md 6, PRIVACY.md 21-23).
// Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/types.h"
#include "modules/records/records.h"

#include <functional>

namespace galen::client {

[[nodiscard]] Result<PutResult> put_record(Session& session,
                                           const PutOptions& options,
                                           const Progress& progress);

/// As put_record, but what is submitted is made of the AppendRecord by `operation_of`.
[[nodiscard]] Result<PutResult> store_record(
    Session& session,
    const PutOptions& options,
    const std::function<ledger::Operation(const ledger::AppendRecord&)>& operation_of,
    const Progress& progress);

[[nodiscard]] Result<std::vector<RecordView>> list_records(Session& session,
                                                           const ListOptions& options);

struct FoundRecords {
  std::vector<records::RecordEntry> entries;
  /// Of a page with proofs: one for each entry, in their order. A list of all pages has none.
  std::vector<Bytes> proofs{};
  /// All of it came from the organisation's own node. Otherwise every entry was proven, but that
  /// none is missing was not.
  bool from_own_node = true;
};

/// The index entries of this patient that the query's access lets discover. kCorrupt when a node of
/// another organisation does not prove what it says; kTooLarge.
[[nodiscard]] Result<FoundRecords> find_records(Session& session,
                                                const PatientId& patient,
                                                RecordQuery query);

/// Whatever the asker may discover, page by page, each seen once. The asker's access is committed
/// before; the custodian itself needs none. What `each` fails with ends it. Errors as find_records;
/// kNotFound when the access is refused.
[[nodiscard]] Status each_record_page(Session& session,
                                      const ListOptions& options,
                                      const std::function<Status(const FoundRecords& page)>& each);

[[nodiscard]] Result<GetResult> get_record(Session& session,
                                           const GetOptions& options,
                                           const Progress& progress);

}  // namespace galen::client
