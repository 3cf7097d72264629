import { type Invariant, InvariantBroken } from '../history.js';

/** A topic that was created is there, the same, until somebody asks for its deletion. */
export const topicsSurvive: Invariant = {
  name: 'topics-survive',
  check(view, _history, topic) {
    if (view.topicId === topic.topicId) return;
    throw new InvariantBroken(this.name, `${view.topic} was ${topic.topicId}, and is ${view.topicId}`);
  },
};
