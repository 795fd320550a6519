// The provision tree of a consent as flat grants (HEALTH.md 1.4 "FHIR mapping", 1.4b). Not for
// other folders. Thread rule: pure functions.
#pragma once

#include "fhir/consent.h"
#include "fhir/provision.h"

namespace galen::fhir {

/// Grants of the tree. Errors go to `issues`; the grants are of no use then.
void flatten(const Provision& root,
             const References& references,
             Issues& issues,
             Translation& translation);

}  // namespace galen::fhir
