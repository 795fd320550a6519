// Break-glass for the client: declare, read in an emergency, bring what happened to the chain,
// review. Declarations and receipts are kept beside the profile until the chain has them
// (docs/operations.md, "Emergencies"). Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/emergency.h"

namespace galen::client {

/// Signs a declaration, keeps it, and brings it to the chain when that answers at once.
/// kFailedPrecondition when the ledger refuses it.
[[nodiscard]] Result<Declared> declare_emergency(Session& session, const DeclareOptions& options);

/// The record by way of the chain when it answers at once, else from the journal of the custodian's
/// node. kFailedPrecondition without a declaration of the person; else as get_record.
[[nodiscard]] Result<GetResult> get_in_emergency(Session& session,
                                                 const GetOptions& options,
                                                 const Progress& progress);

/// Declarations and receipts kept here.
[[nodiscard]] Result<AnchorReport> anchor_receipts(Session& session);
/// Those, and what the own node's journal holds: its head, and an entry for each patient's log.
[[nodiscard]] Result<AnchorReport> anchor_emergencies(Session& session);

/// What the own node's journal has from number `from` on and the logs have not: a page, not empty
/// unless there is nothing more. Asks that node alone. kNotFound when the profile lists none,
/// kUnavailable, kMalformed.
[[nodiscard]] Result<PendingList> list_pending(Session& session, std::uint64_t from);

/// Those of the organisation that wait for review; with a patient all of his. kInvalidArgument for
/// a height without a patient.
[[nodiscard]] Result<DeclarationList> list_declarations(Session& session,
                                                        const ListDeclarationsOptions& options);
[[nodiscard]] Result<Committed> review_emergency(Session& session, const ReviewOptions& options);
/// Of every member, or of one by its name. kInvalidArgument when there is none of that name.
[[nodiscard]] Result<JournalReport> list_journals(Session& session,
                                                  const std::optional<std::string>& organisation);

}  // namespace galen::client
