// Queries about emergencies: what waits to be brought to the chain, what waits for review, and what
// does not fit together in the journals. Thread rule: any thread.
#pragma once

#include "galen/v1/galen.pb.h"
#include "rpc/backend.h"
#include "rpc/callers.h"

namespace galen::rpc {

/// The node's own organisation only; others: kPermissionDenied. Entries that are in their logs are
/// dropped from the journal on the way. kInvalidArgument, kIo.
[[nodiscard]] Status list_emergency_entries(Backend& backend,
                                            const Caller& caller,
                                            const v1::ListEmergencyEntriesRequest& request,
                                            v1::ListEmergencyEntriesResponse& response);

/// Without a patient: the caller's declarations that wait for review, and others' on its patients.
/// With one: all for him, for his custodian, and by his signature for himself (errors of
/// asking_himself()); kNotFound for everybody else. By id, in pages; of a patient also as of a
/// height, with a review only when it had come by then. The quota is the newest, always. Errors of
/// list_moment() and read_cursor(); kInvalidArgument for a height without a patient.
[[nodiscard]] Status list_declarations(Backend& backend,
                                       const Caller& caller,
                                       const v1::ListDeclarationsRequest& request,
                                       v1::ListDeclarationsResponse& response);

/// Of every member or one, in pages: in the order of genesis, the journals of its node from the
/// present one back, then the receipts that do not fit. kInvalidArgument, kUnavailable.
[[nodiscard]] Status list_journals(Backend& backend,
                                   const Caller& caller,
                                   const v1::ListJournalsRequest& request,
                                   v1::ListJournalsResponse& response);

/// Entries of the node's own journal that are not in the logs of their patients yet.
[[nodiscard]] std::uint64_t waiting_emergency_entries(const Backend& backend);

}  // namespace galen::rpc
