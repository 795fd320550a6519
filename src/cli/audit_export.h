// A verified access statement in the formats of others (docs/cli.md "Access statements"): FHIR R4
// AuditEvent in the patterns of IHE BALP, and the accounting of disclosures of 45 CFR 164.528. Ids
// only, never names of persons. Thread rule: functions from any thread.
#pragma once

#include "galen/audit.h"

#include <cstdint>
#include <functional>
#include <string>

namespace galen::cli {

/// A Bundle (collection) with one AuditEvent for each record decision (BALP's consent authorisation
/// decision, outcome 0 permit, 8 denial), each reading of the log and each administrative act (an
/// export is BALP's privacy disclosure at the source).
/// Details of entities flag what belongs into an accounting of disclosures, and late entries.
[[nodiscard]] std::string fhir_bundle(const client::StatementReport& report);

/// The same events one by one, each on one line, with its fullUrl. Ends when `each` gives false.
[[nodiscard]] bool each_audit_event(
    const client::StatementReport& report,
    const std::function<bool(const std::string& full_url, const std::string& event)>& each);

/// FHIR instant, UTC, with milliseconds.
[[nodiscard]] std::string fhir_instant(std::uint64_t ms);

/// RFC 4180, with a header line: the disclosures that need accounting, one a line.
[[nodiscard]] std::string disclosures_csv(const client::StatementReport& report);

}  // namespace galen::cli
