// Storing, listing and opening records (ARCHITECTURE.md 6, PRIVACY.md 21-23).
// Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/types.h"
#include "modules/records/records.h"

namespace galen::client {

[[nodiscard]] Result<PutResult> put_record(Session& session,
                                           const PutOptions& options,
                                           const Progress& progress);

[[nodiscard]] Result<std::vector<RecordView>> list_records(Session& session,
                                                           const ListOptions& options);

/// The index entries the asker may discover.
[[nodiscard]] Result<std::vector<records::RecordEntry>> find_records(Session& session,
                                                                     const ListOptions& options);

[[nodiscard]] Result<GetResult> get_record(Session& session,
                                           const GetOptions& options,
                                           const Progress& progress);

}  // namespace galen::client
