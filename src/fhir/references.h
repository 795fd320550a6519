// What the references of a FHIR consent mean on this ledger: whoever translates says it.
// Thread rule: of the implementation.
#pragma once

#include "base/ids.h"
#include "ledger/codes.h"

#include <optional>
#include <string>

namespace galen::fhir {

class References {
 public:
  virtual ~References() = default;

  /// The account behind "Organization/id", "Practitioner/id" or "Group/id"; nullopt when unknown.
  [[nodiscard]] virtual std::optional<AccountId> account(const std::string& type,
                                                         const std::string& id) const = 0;
  /// What a data limit names: a record, something related to it, or an author.
  [[nodiscard]] virtual std::optional<Random32> data(ledger::DataMeaning meaning,
                                                     const std::string& type,
                                                     const std::string& id) const = 0;
};

}  // namespace galen::fhir
