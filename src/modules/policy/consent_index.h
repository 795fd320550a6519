// A patient's grants, arranged for many decisions: by effect and grantee, so that a requester's
// decision visits only the grants that can name him, with the fields that most often fail beside
// each other. Holds no decision of its own: decide() answers as if it had looked at every grant.
// Thread rule: immutable once built, any thread.
#pragma once

#include "modules/policy/facts.h"
#include "modules/policy/name_bits.h"

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace galen::policy {

/// One grant as decide() passes over it. Texts are bits of its index's names.
struct IndexedGrant {
  const GrantFacts* facts = nullptr;
  TimeMs valid_from;
  TimeMs valid_to;  ///< when it `ends`
  TimeMs ended_at;  ///< unless active
  NameMask purposes = 0;
  NameMask regions = 0;  ///< 0: everywhere
  std::int64_t data_from = 0;
  std::int64_t data_to = 0;  ///< exclusive
  ledger::ClassSet classes = 0;
  ledger::ActionSet actions = 0;
  ledger::Confidentiality confidentiality = ledger::Confidentiality::kN;
  GrantStatus status = GrantStatus::kActive;
  bool ends = false;
  bool limits_data = false;
  bool used_up = false;
  bool of_project = false;
  bool forbids_emergency = false;
};

class ConsentIndex {
 public:
  ConsentIndex() = default;
  /// The terms that `grants` refer to outlive the index. Ids are unique.
  explicit ConsentIndex(std::vector<GrantFacts> grants);
  ConsentIndex(const ConsentIndex&) = delete;
  ConsentIndex& operator=(const ConsentIndex&) = delete;
  ConsentIndex(ConsentIndex&&) = default;
  ConsentIndex& operator=(ConsentIndex&&) = default;
  ~ConsentIndex() = default;

  /// Lists of grants, each in ascending order of ids; a grant can be in two of them.
  using Candidates = std::array<std::span<const IndexedGrant>, 5>;

  /// Every grant of this effect whose grantee the requester can be. All others fail at `grantee`;
  /// one of these still does when it is of_project and the request names another project.
  [[nodiscard]] Candidates candidates(ledger::Effect effect, const Requester& requester) const;

  /// All grants, ended ones too, in ascending order of ids.
  [[nodiscard]] const std::vector<GrantFacts>& grants() const { return grants_; }

  [[nodiscard]] bool has_permit() const { return has_permit_; }

  [[nodiscard]] const NameBits& purposes() const { return purposes_; }

  [[nodiscard]] const NameBits& regions() const { return regions_; }

  /// What it holds in memory, without the terms.
  [[nodiscard]] std::size_t bytes() const;

 private:
  enum class Channel : std::uint8_t { kAny, kOrganisation, kPractitioner, kMember };

  struct Place {
    Channel channel = Channel::kAny;
    AccountId account;  ///< zero for kAny
    friend auto operator<=>(const Place&, const Place&) = default;
  };

  /// The grants of one place: rows [begin, end).
  struct Range {
    Place place;
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  /// The grants of one effect, by place and id.
  struct Side {
    std::vector<Range> ranges;  ///< ascending places
    std::vector<IndexedGrant> rows;

    [[nodiscard]] std::span<const IndexedGrant> at(const Place& place) const;
  };

  [[nodiscard]] static std::vector<Place> places_of(const GrantFacts& grant);
  [[nodiscard]] IndexedGrant row_of(const GrantFacts& grant) const;
  [[nodiscard]] Side side_of(ledger::Effect effect) const;

  std::vector<GrantFacts> grants_;
  NameBits purposes_;
  NameBits regions_;
  Side permits_;
  Side denies_;
  bool has_permit_ = false;
};

}  // namespace galen::policy
