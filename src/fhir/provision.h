// One Consent.provision as it is written, before it becomes grants. Not for other folders.
// Thread rule: values.
#pragma once

#include "fhir/element.h"
#include "fhir/modifiers.h"
#include "ledger/operation.h"

#include <optional>
#include <string>
#include <vector>

namespace galen::fhir {

struct DataReference {
  ledger::DataMeaning meaning = ledger::DataMeaning::kInstance;
  Reference reference;
};

struct Provision {
  std::string path;
  ledger::Effect effect = ledger::Effect::kPermit;
  std::optional<Window> period;
  std::optional<Window> data_period;  ///< whole days
  std::vector<Reference> actors;
  std::vector<std::string> purposes;  ///< without BTG
  bool names_emergency = false;       ///< BTG is among the purposes
  bool names_action = false;          ///< "access", the only one
  std::vector<ledger::Confidentiality> confidentialities;
  std::vector<std::string> sensitivities;  ///< with those below them, or as a modifier has them
  ledger::ClassSet classes = 0;            ///< 0 = not given
  std::vector<DataReference> data;
  Modifiers modifiers;  ///< its windows and labels are in those above as well
  std::vector<Provision> exceptions;
};

/// Reads a provision with its exceptions. What has no place in a grant becomes an error.
[[nodiscard]] Provision read_provision(Element element, const Vocabulary& vocabulary);

inline constexpr std::size_t kMaxExceptions = 32;
inline constexpr std::size_t kMaxActors = 32;

}  // namespace galen::fhir
