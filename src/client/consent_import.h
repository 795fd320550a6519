// A FHIR consent -> grants and denials, signed by the patient and submitted in one transaction
// (docs/consent.md "FHIR consents"). Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/consent_import.h"

namespace galen::client {

/// A consent that cannot be translated, or that the ledger would refuse for sure, is a value
/// without grants whose issues say why. kInvalidArgument for the options; as Session::transact.
[[nodiscard]] Result<ImportResult> import_consent(Session& session, const ImportOptions& options);

}  // namespace galen::client
