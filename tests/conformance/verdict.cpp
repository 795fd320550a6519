#include "conformance/verdict.h"

#include <algorithm>

namespace galen::conformance {

Evaluated evaluate(const policy::PolicyTables& tables,
                   const policy::Requester& requester,
                   const policy::RecordFacts& record,
                   policy::ConsentContext consent,
                   const policy::Request& request) {
  Evaluated result;
  result.decision = policy::decide(tables, requester, record, consent, request);
  const auto again = [&] {
    const auto decision = policy::decide(tables, requester, record, consent, request);
    result.agree = result.agree && decision == result.decision;
  };
  for (std::size_t i = 0; i < consent.grants.size(); ++i) {
    std::rotate(consent.grants.begin(), consent.grants.begin() + 1, consent.grants.end());
    again();
  }
  std::reverse(consent.grants.begin(), consent.grants.end());
  again();
  return result;
}

}  // namespace galen::conformance
