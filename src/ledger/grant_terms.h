// Encoding of the terms that GrantAccess and DenyAccess share; not for other folders. FROZEN
// (docs/formats.md). Thread rule: functions of their arguments.
#pragma once

#include "codec/codec.h"
#include "ledger/operation.h"

namespace galen::ledger::fields {

void write(codec::Writer& writer, const GrantTerms& terms);
GrantTerms read_grant_terms(codec::Reader& reader);

}  // namespace galen::ledger::fields
