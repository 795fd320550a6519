// Entries of the ledger as FHIR R4 resources, for `galen patient export` (docs/consent.md
// "Export"): JSON on one line each, ids only, never names of persons. Labels by name where `labels`
// knows them. Thread rule: one thread.
#pragma once

#include "client/labels.h"
#include "ledger/genesis.h"
#include "modules/consent/grants.h"
#include "modules/identity/links.h"
#include "modules/identity/people.h"
#include "modules/identity/proxies.h"
#include "modules/records/records.h"

#include <map>
#include <string>

namespace galen::client {

/// Patient: the random id and nothing about the person; links, taken back ones as extensions.
[[nodiscard]] std::string patient_resource(const PatientId& patient,
                                           const identity::PatientEntry& entry,
                                           const std::map<PatientId, identity::LinkEntry>& links);

/// RelatedPerson: a proxy, with what he may do.
[[nodiscard]] std::string proxy_resource(const identity::ProxyEntry& entry,
                                         TimeMs now,
                                         LabelBook& labels);

/// DocumentReference: an entry of the record index.
[[nodiscard]] std::string record_resource(const records::RecordEntry& entry, LabelBook& labels);

/// Consent; a grant whose end lies not after `now` has expired.
[[nodiscard]] std::string grant_resource(const GrantId& id,
                                         const consent::GrantEntry& entry,
                                         TimeMs now,
                                         LabelBook& labels);

/// Organization: a member, whom the others refer to.
[[nodiscard]] std::string organisation_resource(const ledger::GenesisOrganisation& organisation);

}  // namespace galen::client
