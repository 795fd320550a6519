// Byzantine view changes: B22-B30.
#include "byzantine/strategies.h"

#include <algorithm>
#include <map>
#include <utility>

namespace galen::byzantine {

namespace {

using pbft::NewView;
using pbft::ViewChange;

/// Remembers what is needed to make VIEW-CHANGEs: its own last status and the VIEW-CHANGEs of
/// others.
class ViewChanger : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    look(opened(message));
    out.push_back(message);
  }

  bool receives(ValidatorIndex, engine::Channel channel, BytesView bytes) override {
    look(opened(channel, bytes));
    return true;
  }

 protected:
  void look(const std::optional<pbft::Message>& message) {
    if (!message) return;
    if (const auto* status = std::get_if<pbft::StatusReport>(&*message))
      view_ = std::max(view_, status->view);
    if (const auto* proof = std::get_if<pbft::CommitProof>(&*message)) learn(proof->certificate);
    if (const auto* proposal = std::get_if<pbft::Proposal>(&*message)) {
      if (proposal->parent_certificate) learn(*proposal->parent_certificate);
    }
    if (const auto* change = std::get_if<ViewChange>(&*message)) {
      if (change->committed) learn(*change->committed);
      if (change->prepared) prepared_ = change->prepared;
      held_[change->new_view][change->member] = *change;
      while (held_.size() > 8) held_.erase(held_.begin());
    }
  }

  void learn(const ledger::Certificate& certificate) {
    if (committed_.size() < 64) committed_.push_back(certificate);
  }

  /// One that verifies: of any height it has a certificate for, claiming that nothing was prepared.
  [[nodiscard]] ViewChange view_change(View view) {
    ViewChange change;
    change.epoch = forge_.member().epoch;
    change.new_view = view;
    change.hash = id_cast<BlockHash>(forge_.member().chain);
    if (!committed_.empty() && forge_.rng().below(4) != 0) {
      change.committed = committed_[forge_.rng().below(committed_.size())];
      change.height = change.committed->subject.height;
      change.hash = change.committed->subject.block;
    }
    forge_.sign(change);
    return change;
  }

  View view_;
  std::vector<ledger::Certificate> committed_;
  std::optional<ledger::Certificate> prepared_;
  std::map<View, std::map<ValidatorIndex, ViewChange>> held_;
};

/// B22, B23: views that rise and rise, up to the largest number there is.
class Spam final : public ViewChanger {
 public:
  using ViewChanger::ViewChanger;

  void tick(Outbox& out) override {
    if (forge_.rng().below(20) != 0) return;
    const bool huge = forge_.rng().below(8) == 0;
    highest_ = std::max(highest_, view_.value) + 1 + forge_.rng().below(3);
    forge_.broadcast(view_change(View{huge ? kMaxCounter - forge_.rng().below(3) : highest_}), out);
  }

 private:
  std::uint64_t highest_ = 0;
};

/// B24, B26: VIEW-CHANGEs that claim old heights and nothing prepared, another one for each
/// receiver.
class Forgetful final : public ViewChanger {
 public:
  using ViewChanger::ViewChanger;

  void send(const Outgoing& message, Outbox& out) override {
    look(opened(message));
    const auto change = own<ViewChange>(message);
    if (!change || forge_.rng().below(3) == 0) return out.push_back(message);
    out.push_back(repacked(message, view_change(change->new_view)));
    if (forge_.rng().below(2) == 0) out.push_back(message);
  }
};

/// B25: VIEW-CHANGEs with prepared certificates that are forged or of another slot.
class MixedCertificates final : public ViewChanger {
 public:
  using ViewChanger::ViewChanger;

  void send(const Outgoing& message, Outbox& out) override {
    look(opened(message));
    auto change = own<ViewChange>(message);
    if (!change) return out.push_back(message);
    const View below{change->new_view.value - 1};
    const ledger::VoteSubject subject{change->epoch,
                                      ledger::VoteType::kPrepare,
                                      below,
                                      change->height.next(),
                                      forge_.random_hash()};
    if (forge_.rng().below(2) == 0 && prepared_) {
      change->prepared = prepared_;
    } else {
      change->prepared = forge_.certificate(subject, forge_.quorum());
    }
    forge_.sign(*change);
    out.push_back(repacked(message, *change));
  }
};

/// B27, B28: NEW-VIEWs with another choice of VIEW-CHANGEs for each receiver, some not valid at
/// all, and NEW-VIEWs of views whose primary is another.
class BadNewView final : public ViewChanger {
 public:
  using ViewChanger::ViewChanger;

  void send(const Outgoing& message, Outbox& out) override {
    look(opened(message));
    const auto own_new_view = own<NewView>(message);
    if (!own_new_view) return out.push_back(message);
    if (auto other = choose(own_new_view->view)) return out.push_back(repacked(message, *other));
    out.push_back(message);
  }

  void tick(Outbox& out) override {
    if (held_.empty() || forge_.rng().below(50) != 0) return;
    auto view = held_.begin();
    std::advance(view, static_cast<std::ptrdiff_t>(forge_.rng().below(held_.size())));
    if (const auto made = choose(view->first)) forge_.send(forge_.anybody(), *made, out);
    std::erase_if(out, [this](const Outgoing& m) { return m.to == forge_.member().self; });
  }

 private:
  /// A quorum, valid when enough are held: preferably without what was prepared.
  std::optional<NewView> choose(View view) {
    const auto held = held_.find(view);
    if (held == held_.end()) return std::nullopt;
    std::map<ValidatorIndex, ViewChange> choice = held->second;
    choice[forge_.member().self] = view_change(view);
    while (choice.size() > forge_.quorum()) {
      auto drop = std::find_if(choice.begin(), choice.end(), [](const auto& c) {
        return c.second.prepared.has_value();
      });
      if (drop == choice.end() || forge_.rng().below(4) == 0) {
        drop = choice.begin();
        std::advance(drop, static_cast<std::ptrdiff_t>(forge_.rng().below(choice.size())));
      }
      choice.erase(drop);
    }
    NewView made{forge_.member().epoch, view, {}, {}, {}};
    for (const auto& [member, change] : choice) made.view_changes.push_back(change);
    if (forge_.rng().below(6) == 0) made.view_changes.push_back(made.view_changes.back());
    forge_.sign(made);
    return made;
  }
};

/// B29, B33: suspects every primary and asks for the next view.
class Depose final : public ViewChanger {
 public:
  using ViewChanger::ViewChanger;

  void tick(Outbox& out) override {
    if (forge_.rng().below(30) != 0) return;
    forge_.broadcast(pbft::Suspect{forge_.member().epoch, view_}, out);
    if (forge_.rng().below(2) == 0) forge_.broadcast(view_change(view_.next()), out);
  }
};

/// B30: helps to change the view, then falls silent.
class JoinAndSilence final : public ViewChanger {
 public:
  using ViewChanger::ViewChanger;

  void send(const Outgoing& message, Outbox& out) override {
    look(opened(message));
    const auto inside = opened(message);
    const bool helps = inside && (std::holds_alternative<ViewChange>(*inside) ||
                                  std::holds_alternative<pbft::Suspect>(*inside));
    if (view_.value == 0 || helps) out.push_back(message);
  }

  void tick(Outbox& out) override {
    if (view_.value == 0 && forge_.rng().below(40) == 0)
      forge_.broadcast(pbft::Suspect{forge_.member().epoch, view_}, out);
  }
};

}  // namespace

std::vector<Entry> view_change_strategies() {
  return {{"view-change-spam", "B22 B23", make<Spam>},
          {"forgetful", "B24 B26", make<Forgetful>},
          {"mixed-certificates", "B25", make<MixedCertificates>},
          {"bad-new-view", "B27 B28", make<BadNewView>},
          {"depose", "B29", make<Depose>},
          {"join-and-silence", "B30", make<JoinAndSilence>}};
}

}  // namespace galen::byzantine
