// What came out of one vector. Thread rule: values.
#pragma once

#include "modules/policy/decide.h"

#include <string>

namespace galen::conformance {

struct Verdict {
  std::string id;  ///< of the vector, in one word or a few
  bool passed = false;
  std::string expected;
  std::string got;
};

/// decide() on the grants in every order that could matter: as given, reversed, and with another
/// one in front. `agree` is false when the answers differ.
struct Evaluated {
  policy::Decision decision;
  bool agree = true;
};

[[nodiscard]] Evaluated evaluate(const policy::PolicyTables& tables,
                                 const policy::Requester& requester,
                                 const policy::RecordFacts& record,
                                 policy::ConsentContext consent,
                                 const policy::Request& request);

}  // namespace galen::conformance
