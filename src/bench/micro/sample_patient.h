// A made-up patient with thousands of grants, always the same for the same arguments. Thread rule:
// values.
#pragma once

#include "base/ids.h"
#include "modules/consent/grants.h"
#include "modules/policy/decide.h"

#include <cstddef>
#include <map>

namespace galen::bench {

enum class GrantMix {
  kUsual,  ///< 50 organisations, 500 practitioners; a third has ended; a twentieth are denies
  kWorst,  ///< all name the requester's organisation, none matches, and most fields are compared
};

struct SamplePatient {
  PatientId id;
  std::map<GrantId, consent::GrantEntry> grants;
  policy::Requester requester;
  policy::RecordFacts record;
  policy::Request request;
};

[[nodiscard]] SamplePatient sample_patient(GrantMix mix, std::size_t grants);

/// 32 bytes that depend on both numbers alone.
[[nodiscard]] Random32 sample_bytes(std::uint64_t kind, std::uint64_t number);

}  // namespace galen::bench
