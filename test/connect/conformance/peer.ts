/** The other side of a connector that is under test itself: it goes away, falls silent and comes back at a word. */
export class Peer {
  state: 'there' | 'away' | 'stalled' = 'there';

  async breakPeer(): Promise<void> {
    this.state = 'away';
  }

  async stallPeer(): Promise<void> {
    this.state = 'stalled';
  }

  async mendPeer(): Promise<void> {
    this.state = 'there';
  }
}
